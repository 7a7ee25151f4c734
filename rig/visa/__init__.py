"""The VISA process: slow instruments over SCPI. Nothing safety-related goes this way."""
