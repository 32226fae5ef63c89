"""Joldau: three services that refer citizens' appeals to the bodies competent for them."""

__version__ = "0.1.0"
