/**
 * Runs and their policy: the event-sourced {@link dev.espalier.coordinator.Run}, what it decides
 * ({@link dev.espalier.coordinator.RunDecisions}, {@link dev.espalier.coordinator.StagePlan},
 * {@link dev.espalier.coordinator.Schedule}, {@link dev.espalier.coordinator.Curriculum}: all pure), and what it leaves
 * on disk ({@link dev.espalier.coordinator.RunFolder}).
 */
package dev.espalier.coordinator;
