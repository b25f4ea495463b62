/** Who works for whom: workers as they come and go, and their fair distribution among the runs. */
package dev.espalier.coordinator.workforce;
