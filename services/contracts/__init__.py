"""All that crosses a wire: messages, their envelope and the broker's topology. A partner could be handed this alone."""
