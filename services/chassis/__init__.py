"""What a service process stands on. It has never heard of an appeal."""
