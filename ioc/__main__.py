"""`python -m reioc.ioc` is `reioc`."""

from .cli import main

if __name__ == "__main__":
    main()
