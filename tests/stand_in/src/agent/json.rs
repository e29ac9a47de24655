//! JSON as Newtonsoft reads it: single quotes, bare names, comments and trailing commas pass.
//!
//! Numbers keep their text, because the agent turns `1.0` into the string "1.0".

/// A JSON value as the agent's library sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as it was written.
    Number(String),
    /// A string.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object; the order matters, since the last of two like names wins.
    Object(Vec<(String, Json)>),
}

/// Reads one document. Blank text yields `Null`, and text after the document is an error.
///
/// # Errors
/// The message of the library, apart from its path and position.
pub(crate) fn parse(text: &str) -> Result<Json, String> {
    let mut reader = Reader {
        text: text.chars().collect(),
        position: 0,
    };
    reader.skip_blanks()?;
    if reader.peek().is_none() {
        return Ok(Json::Null);
    }
    let value = reader.value()?;
    reader.skip_blanks()?;
    match reader.peek() {
        None => Ok(value),
        Some(extra) => Err(format!(
            "Additional text encountered after finished reading JSON content: {extra}."
        )),
    }
}

const TRUNCATED: &str = "Unexpected end when deserializing object.";

struct Reader {
    text: Vec<char>,
    position: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.text.get(self.position).copied()
    }

    fn next(&mut self) -> Result<char, String> {
        let character = self.peek().ok_or(TRUNCATED)?;
        self.position += 1;
        Ok(character)
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.position += usize::from(found);
        found
    }

    fn skip_blanks(&mut self) -> Result<(), String> {
        loop {
            match self.peek() {
                Some(character) if character.is_whitespace() => self.position += 1,
                Some('/') => self.comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self) -> Result<(), String> {
        self.position += 1;
        match self.next()? {
            '/' => while self.peek().is_some() && self.next()? != '\n' {},
            '*' => while !(self.next()? == '*' && self.take('/')) {},
            other => return Err(format!("Error parsing comment. Expected: *, got {other}.")),
        }
        Ok(())
    }

    fn value(&mut self) -> Result<Json, String> {
        self.skip_blanks()?;
        match self.peek().ok_or(TRUNCATED)? {
            '{' => self.object(),
            '[' => self.array(),
            '"' | '\'' => Ok(Json::Text(self.string()?)),
            '-' | '0'..='9' => Ok(Json::Number(self.number())),
            _ => self.word(),
        }
    }

    fn object(&mut self) -> Result<Json, String> {
        self.position += 1;
        let mut members = Vec::new();
        loop {
            self.skip_blanks()?;
            if self.take('}') {
                return Ok(Json::Object(members));
            }
            let name = match self.peek().ok_or(TRUNCATED)? {
                '"' | '\'' => self.string()?,
                _ => self.bare_name()?,
            };
            self.skip_blanks()?;
            if !self.take(':') {
                let found = self.next()?;
                return Err(format!(
                    "Invalid character after parsing property name. Expected ':' but got: {found}."
                ));
            }
            members.push((name, self.value()?));
            self.separator('}')?;
        }
    }

    fn array(&mut self) -> Result<Json, String> {
        self.position += 1;
        let mut elements = Vec::new();
        loop {
            self.skip_blanks()?;
            if self.take(']') {
                return Ok(Json::Array(elements));
            }
            elements.push(self.value()?);
            self.separator(']')?;
        }
    }

    /// A comma, or the end, which is left for the caller; a comma before the end is fine.
    fn separator(&mut self, end: char) -> Result<(), String> {
        self.skip_blanks()?;
        if self.take(',') || self.peek() == Some(end) {
            return Ok(());
        }
        let found = self.next()?;
        Err(format!(
            "After parsing a value an unexpected character was encountered: {found}."
        ))
    }

    fn bare_name(&mut self) -> Result<String, String> {
        let mut name = String::new();
        while let Some(character) = self
            .peek()
            .filter(|c| c.is_alphanumeric() || "_$".contains(*c))
        {
            name.push(character);
            self.position += 1;
        }
        if name.is_empty() {
            let found = self.next()?;
            return Err(format!("Invalid property identifier character: {found}."));
        }
        Ok(name)
    }

    fn string(&mut self) -> Result<String, String> {
        let quote = self.next()?;
        let mut units = Vec::new();
        let mut buffer = [0; 2];
        loop {
            let character = match self.next()? {
                end if end == quote => break,
                '\\' => match self.next()? {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'b' => '\u{8}',
                    'f' => '\u{c}',
                    'u' => {
                        units.push(self.code_unit()?);
                        continue;
                    }
                    plain @ ('"' | '\'' | '\\' | '/') => plain,
                    other => return Err(format!("Bad JSON escape sequence: \\{other}.")),
                },
                plain => plain,
            };
            units.extend_from_slice(character.encode_utf16(&mut buffer));
        }
        Ok(String::from_utf16_lossy(&units))
    }

    fn code_unit(&mut self) -> Result<u16, String> {
        let mut digits = String::new();
        for _ in 0..4 {
            digits.push(self.next()?);
        }
        u16::from_str_radix(&digits, 16)
            .map_err(|_| format!("Invalid Unicode escape sequence: \\u{digits}."))
    }

    fn number(&mut self) -> String {
        let start = self.position;
        while self
            .peek()
            .is_some_and(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        {
            self.position += 1;
        }
        self.text[start..self.position].iter().collect()
    }

    fn word(&mut self) -> Result<Json, String> {
        let start = self.position;
        while self.peek().is_some_and(char::is_alphanumeric) {
            self.position += 1;
        }
        let word: String = self.text[start..self.position].iter().collect();
        match word.as_str() {
            "true" => Ok(Json::Bool(true)),
            "false" => Ok(Json::Bool(false)),
            "null" | "undefined" => Ok(Json::Null),
            _ => {
                self.position = start;
                let found = self.next()?;
                Err(format!(
                    "Unexpected character encountered while parsing value: {found}."
                ))
            }
        }
    }
}
