"""What a job is and how it is carried through; knows neither Discord's words nor SQL."""
