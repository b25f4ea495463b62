/** What methods that learn gates share. */
package dev.espalier.methods.gates;
