"""Documents attached to appeals: taken in, kept, given to appeals, fetched on record, and forgotten."""
