"""What a server decides, and what its moderators do: settings, gates, rules, reviews; and the record."""
