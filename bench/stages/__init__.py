"""What is measured of azlocal alone: a whole tick, fifty of them, the doors, a month of a fleet. Each in its own process."""
