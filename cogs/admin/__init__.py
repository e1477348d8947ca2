"""`/characters-admin`: what moderators and admins look at and decide, and who they are."""
