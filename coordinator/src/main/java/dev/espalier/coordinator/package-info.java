/**
 * Runs and all around them. A run is an event-sourced entity: {@link dev.espalier.coordinator.state} is what has happened,
 * {@link dev.espalier.coordinator.decision} what happens next, {@link dev.espalier.coordinator.stage} what there is to do
 * (all pure), {@link dev.espalier.coordinator.run} the actor that carries it out, {@link dev.espalier.coordinator.folder}
 * what it leaves on disk.
 */
package dev.espalier.coordinator;
