/** placeholder */
package dev.espalier.coordinator;
