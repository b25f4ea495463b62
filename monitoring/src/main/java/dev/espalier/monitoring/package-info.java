/** What Espalier reports of itself: the names of what a step measured. */
package dev.espalier.monitoring;
