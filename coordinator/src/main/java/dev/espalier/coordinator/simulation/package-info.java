/** The coordinator's real actors against workers that only pretend to train: to find where they break. */
package dev.espalier.coordinator.simulation;
