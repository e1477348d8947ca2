"""`python -m bot doctor`: facts are gathered, judged, and told; nothing is changed."""
