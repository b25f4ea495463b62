/** Where events are kept: an SQLite file for one coordinator, PostgreSQL for several. */
package dev.espalier.coordinator.journal;
