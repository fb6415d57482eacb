"""The plan: tables read from the solved program, the reasons, and the comparison of two plans."""
