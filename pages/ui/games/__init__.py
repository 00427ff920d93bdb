"""What the class plays: sorting pictures against the network, and finding a hidden kernel."""
