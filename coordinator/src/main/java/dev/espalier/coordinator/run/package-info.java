/** A run as an actor: its entity, and what it carries decisions out with. Only its own thread calls these. */
package dev.espalier.coordinator.run;
