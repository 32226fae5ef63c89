"""The router decides who is competent; it owns decisions, referrals and operators' tasks."""
