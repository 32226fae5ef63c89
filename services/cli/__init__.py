"""`joldau`: the command line for operators, partner agencies and posting systems."""
