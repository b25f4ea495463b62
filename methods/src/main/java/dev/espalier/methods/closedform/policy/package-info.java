/** How much goes of which layer: the coordinator's half. */
package dev.espalier.methods.closedform.policy;
