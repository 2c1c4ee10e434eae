"""Documents: what people upload as evidence, cleaned, encrypted and tied to a case."""
