/** The report, the model card and their tables and charts, written from a run folder alone. */
package dev.espalier.coordinator.report;
