/** Nothing at all: what it takes to run it is what it takes to run anything. */
