//! A strict reader of one JSON object (RFC 8259). Intake owns it because the contract asks for more than a
//! general reader tells: numbers as they were written, repeated names, lone surrogates only where they matter.

use std::borrow::Cow;

/// Objects and arrays may stand at most this deep, the body's own object being the first (contract 1, Request).
pub const MAX_DEPTH: u32 = 64;

/// Why a text is not one JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("must be a JSON object")]
    NotAnObject,
    #[error("is not valid JSON")]
    Syntax,
    #[error("is nested deeper than 64")]
    TooDeep,
    #[error("has something after the JSON object")]
    Trailing,
}

/// A value with its text still in it; arrays and objects are checked but not taken apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    Null,
    Bool,
    Number(&'a str),
    String(Text<'a>),
    Array(&'a str),
    Object,
}

/// A string between its quotes, escapes not yet resolved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Text<'a> {
    raw: &'a str,
    escaped: bool,
}

/// What [`Text::unescape`] refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFault {
    Nul,
    LoneSurrogate,
}

impl<'a> Text<'a> {
    /// The text itself; refuses U+0000 and halves of surrogate pairs that stand alone.
    pub fn unescape(self) -> Result<Cow<'a, str>, TextFault> {
        if !self.escaped {
            return Ok(Cow::Borrowed(self.raw));
        }
        let mut out = String::with_capacity(self.raw.len());
        for unit in Units(self.raw) {
            match unit {
                Unit::Plain(text) => out.push_str(text),
                Unit::Char('\0') => return Err(TextFault::Nul),
                Unit::Char(c) => out.push(c),
                Unit::LoneSurrogate => return Err(TextFault::LoneSurrogate),
            }
        }
        Ok(Cow::Owned(out))
    }

    /// The text with U+FFFD for lone surrogates: good for showing and comparing names.
    pub fn lossy(self) -> Cow<'a, str> {
        if !self.escaped {
            return Cow::Borrowed(self.raw);
        }
        let chars = Units(self.raw).map(|unit| match unit {
            Unit::Plain(text) => Cow::Borrowed(text),
            Unit::Char(c) => Cow::Owned(c.to_string()),
            Unit::LoneSurrogate => Cow::Borrowed("\u{FFFD}"),
        });
        Cow::Owned(chars.collect())
    }
}

enum Unit<'a> {
    Plain(&'a str),
    Char(char),
    LoneSurrogate,
}

/// Walks a string that the scanner has accepted, so every escape is complete.
struct Units<'a>(&'a str);

impl<'a> Iterator for Units<'a> {
    type Item = Unit<'a>;

    fn next(&mut self) -> Option<Unit<'a>> {
        if self.0.is_empty() {
            return None;
        }
        let Some(rest) = self.0.strip_prefix('\\') else {
            let end = self.0.find('\\').unwrap_or(self.0.len());
            let (plain, rest) = self.0.split_at(end);
            self.0 = rest;
            return Some(Unit::Plain(plain));
        };
        self.0 = &rest[1..];
        Some(match rest.as_bytes()[0] {
            b'n' => Unit::Char('\n'),
            b't' => Unit::Char('\t'),
            b'r' => Unit::Char('\r'),
            b'b' => Unit::Char('\u{8}'),
            b'f' => Unit::Char('\u{c}'),
            b'u' => self.unicode(),
            other => Unit::Char(char::from(other)),
        })
    }
}

impl<'a> Units<'a> {
    fn unicode(&mut self) -> Unit<'a> {
        let first = self.hex();
        if !(0xD800..0xE000).contains(&first) {
            return Unit::Char(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let second = self.0.strip_prefix("\\u").and_then(|rest| u32::from_str_radix(&rest[..4], 16).ok());
        match second {
            Some(second) if first < 0xDC00 && (0xDC00..0xE000).contains(&second) => {
                self.0 = &self.0[6..];
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                Unit::Char(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
            }
            _ => Unit::LoneSurrogate,
        }
    }

    fn hex(&mut self) -> u32 {
        let (digits, rest) = self.0.split_at(4);
        self.0 = rest;
        u32::from_str_radix(digits, 16).unwrap_or_default()
    }
}

/// Calls `member` for each member of the one object that `text` holds, in order.
pub fn members<'a>(text: &'a str, mut member: impl FnMut(Text<'a>, Value<'a>)) -> Result<(), Malformed> {
    let mut scanner = Scanner { text, at: 0 };
    scanner.space();
    if !scanner.take(b'{') {
        return Err(Malformed::NotAnObject);
    }
    scanner.object(1, &mut member)?;
    scanner.space();
    if scanner.at == text.len() { Ok(()) } else { Err(Malformed::Trailing) }
}

/// The elements of an array that [`members`] has handed out.
pub fn elements(array: &str) -> Vec<Value<'_>> {
    let mut scanner = Scanner { text: array, at: 0 };
    let mut found = Vec::new();
    if scanner.take(b'[') {
        // The text was accepted once, so this reading ends at the same bracket without an error.
        let _ = scanner.array(1, &mut |value| found.push(value));
    }
    found
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.take(byte) { Ok(()) } else { Err(Malformed::Syntax) }
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// After `{`, to its `}`.
    fn object(&mut self, depth: u32, member: &mut dyn FnMut(Text<'a>, Value<'a>)) -> Result<(), Malformed> {
        self.space();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.space();
            self.expect(b'"')?;
            let name = self.string()?;
            self.space();
            self.expect(b':')?;
            self.space();
            let value = self.value(depth)?;
            member(name, value);
            self.space();
            if self.take(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// After `[`, to its `]`.
    fn array(&mut self, depth: u32, element: &mut dyn FnMut(Value<'a>)) -> Result<(), Malformed> {
        self.space();
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.space();
            let value = self.value(depth)?;
            element(value);
            self.space();
            if self.take(b']') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// A value inside something that stands at `depth`.
    fn value(&mut self, depth: u32) -> Result<Value<'a>, Malformed> {
        let start = self.at;
        match self.peek().ok_or(Malformed::Syntax)? {
            b'"' => {
                self.at += 1;
                Ok(Value::String(self.string()?))
            }
            b'{' | b'[' if depth >= MAX_DEPTH => Err(Malformed::TooDeep),
            b'{' => {
                self.at += 1;
                self.object(depth + 1, &mut |_, _| ()).map(|()| Value::Object)
            }
            b'[' => {
                self.at += 1;
                self.array(depth + 1, &mut |_| ())?;
                Ok(Value::Array(&self.text[start..self.at]))
            }
            b't' => self.word("true", Value::Bool),
            b'f' => self.word("false", Value::Bool),
            b'n' => self.word("null", Value::Null),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str, value: Value<'a>) -> Result<Value<'a>, Malformed> {
        if !self.text.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(Malformed::Syntax);
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Value<'a>, Malformed> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'+') {
                self.take(b'-');
            }
            self.digits()?;
        }
        Ok(Value::Number(&self.text[start..self.at]))
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(Malformed::Syntax) } else { Ok(()) }
    }

    /// After the opening quote, to the closing one.
    fn string(&mut self) -> Result<Text<'a>, Malformed> {
        let start = self.at;
        let mut escaped = false;
        loop {
            match self.peek().ok_or(Malformed::Syntax)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                0..0x20 => return Err(Malformed::Syntax),
                _ => self.at += 1,
            }
        }
        let raw = &self.text[start..self.at];
        self.at += 1;
        Ok(Text { raw, escaped })
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        let rest = &self.text.as_bytes()[self.at + 1..];
        let length = match rest.first() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => 1,
            Some(b'u') if rest.len() > 4 && rest[1..5].iter().all(u8::is_ascii_hexdigit) => 5,
            _ => return Err(Malformed::Syntax),
        };
        self.at += 1 + length;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
