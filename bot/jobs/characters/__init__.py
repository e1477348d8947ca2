"""What comes of jobs: characters, whose they are, and new ids for them in time."""
