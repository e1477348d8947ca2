"""Characters as members keep them: listed, shown, changed, renewed, made elsewhere."""
