/** What a run reports of itself: the names of its measures, and metrics.jsonl. */
package dev.espalier.monitoring;
