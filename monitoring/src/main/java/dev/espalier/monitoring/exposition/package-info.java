/** How Prometheus reads the measures: the registry of a process, and {@code /metrics} over HTTP. */
package dev.espalier.monitoring.exposition;
