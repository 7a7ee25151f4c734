"""The supervisor's process: one run from order to verdict, and the other processes that it starts and watches."""
