"""x"""

SURFACE = "health_block"
