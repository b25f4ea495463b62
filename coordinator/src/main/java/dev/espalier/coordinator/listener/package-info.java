/** Who hears how runs get on, and the numbers that monitoring makes of it. */
package dev.espalier.coordinator.listener;
