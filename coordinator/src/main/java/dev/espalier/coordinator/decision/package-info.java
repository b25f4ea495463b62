/** What a run decides when something happens: events out of state and news. Pure. */
package dev.espalier.coordinator.decision;
