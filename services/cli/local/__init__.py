"""A whole Joldau on this machine: broker, database, processes and the outside world, for demo, tests and bench."""
