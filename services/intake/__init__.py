"""Intake speaks with applicants and posting systems; it owns appeals and the status people see."""
