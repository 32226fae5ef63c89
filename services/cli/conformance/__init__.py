"""`joldau agency check`: a partner's consumer is sent what it will meet one day, and judged by what it replies."""
