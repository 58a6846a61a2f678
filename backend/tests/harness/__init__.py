"""What tests share: the running product, its runtimes, probes, storms and clocks. No test is in here."""
