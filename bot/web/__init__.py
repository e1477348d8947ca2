"""The listener: health for the operator, callbacks for the provider."""
