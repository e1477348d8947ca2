"""What is remembered: tables, one file per aggregate, migrations, the clip store."""
