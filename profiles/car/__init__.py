"""The car: what a vehicle file says, and how its corners answer the road."""
