/** Which runs a coordinator knows, by name; an entity of its own beside the runs. */
package dev.espalier.coordinator.register;
