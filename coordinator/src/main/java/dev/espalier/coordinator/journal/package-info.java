/** Where events are kept: an H2 file for one coordinator, PostgreSQL for several. */
package dev.espalier.coordinator.journal;
