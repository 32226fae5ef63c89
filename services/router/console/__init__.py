"""What operators see: pages over the functions that the HTTP API stands on."""
