"""What suspends the plan while one of its devices is in trouble."""
