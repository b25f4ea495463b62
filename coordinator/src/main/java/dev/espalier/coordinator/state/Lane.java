package dev.espalier.coordinator.state;

import dev.espalier.protocol.BlobRef;

/**
 * A chain of slices that hand on their optimizer's moments. There are as many as slices were in flight at a time; with
 * one, training is sequential.
 *
 * @param moments the student that its last slice returned
 * @param worker who returned it, and may still have it on its device
 */
public record Lane(BlobRef moments, String worker) {}
