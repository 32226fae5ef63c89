"""`joldau bench`: how fast Joldau is, beside a floor that does the same hops with nothing in between."""
