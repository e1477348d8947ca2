"""What moderators and the operator see of jobs, and do about them."""
