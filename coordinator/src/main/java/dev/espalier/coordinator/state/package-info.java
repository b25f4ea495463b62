/** What has happened in a run: the sum of its events, and how that is told. Pure. */
package dev.espalier.coordinator.state;
