/** What a run keeps in its folder, metrics.jsonl among it, and whether what is there is what it should be. */
package dev.espalier.coordinator.folder;
