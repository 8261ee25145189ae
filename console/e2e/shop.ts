/** The store of the tests. */
export const STORE = 'p60HYv5wjgQaOrPdqT5NjbpkroD2';

export const PASSWORD = 'a long password of mine';

/** One person of each role. */
export const PEOPLE = {
  agent: { id: 17643, email: 'meera@shop.example', name: 'Meera Iyer' },
  team_manager: { id: 17645, email: 'ines@shop.example', name: 'Ines Duarte' },
  admin: { id: 17646, email: 'kofi@shop.example', name: 'Kofi Mensah' },
} as const;

export type Role = keyof typeof PEOPLE;

// Meera alone takes turns, so that a posted ticket is hers.
export const STORE_FILE = `
[store]
id = "${STORE}"
name = "Shop"
timezone = "Asia/Kolkata"

[assignment]
policy = "round_robin"

[channels]
whatsapp = ["+917827486670"]
email = ["care@shop.example"]

${Object.entries(PEOPLE)
  .map(
    ([role, { id, email, name }]) => `
[[agents]]
id = ${id}
email = "${email}"
name = "${name}"
role = "${role}"
online = ${role === 'agent'}
`,
  )
  .join('')}

[[teams]]
id = 31
name = "Returns"
members = ["meera@shop.example", "ines@shop.example"]

[[labels]]
id = 7
name = "refund"

[[labels]]
id = 8
name = "delivery"

[[customers]]
id = "5233549"
name = "Asha Rao"
phone = "+918095495490"
email = "asha@example.com"
`;
