"""The notifier tells applicants and posting systems; it owns notifications and their attempts."""
