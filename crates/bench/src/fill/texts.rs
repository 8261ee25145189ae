//! What people write, in English and Hindi, and what they are called.

use super::dice::Dice;

/// The first ones come most.
const ENGLISH: &str = "order refund where parcel not the my is delivery please help received damaged late \
    payment card cancel return address change size wrong item broken missing exchange invoice coupon account \
    password login app courier tracking package delayed weeks waiting money bank charged twice warranty repair \
    battery screen charger shirt shoes colour blue black small large gift wrapped store pickup customs label seal \
    scratched leaking expired subscription renewal membership points voucher";
const HINDI: &str = "ऑर्डर पैसे वापस नहीं आया मेरा कब मिलेगा कृपया जल्दी भेजिए पार्सल देर टूटा हुआ बदल दीजिए पता गलत साइज \
    रिफंड भुगतान कार्ड रद्द करना है मदद चाहिए सामान खराब कपड़े जूते रंग नीला काला छोटा बड़ा दुकान फोन बैटरी चार्जर बिल \
    शिकायत किताब क़लम";
const FIRST: &str = "Asha Ravi Priya Arjun Meera Vikram Sunita Rahul Anita Deepak Kavita Sanjay Neha Amit Pooja Rajesh \
    आशा रवि प्रिया अर्जुन मीरा विक्रम Maria James Fatima Omar Chen Yuki Olga Peter Ines Noah";
const LAST: &str = "Sharma Kulkarni Patel Singh Reddy Nair Gupta Iyer Khan Das Mehta Joshi Rao Verma Bose Shetty \
    शर्मा पटेल सिंह गुप्ता Smith Garcia Müller Rossi Novak Silva Tanaka Kim";

pub struct Texts {
    english: Vec<&'static str>,
    hindi: Vec<&'static str>,
    first: Vec<&'static str>,
    last: Vec<&'static str>,
}

impl Texts {
    pub fn new() -> Self {
        let words = |text: &'static str| text.split_whitespace().collect();
        Self { english: words(ENGLISH), hindi: words(HINDI), first: words(FIRST), last: words(LAST) }
    }

    /// Some words, every third time in Hindi, every third time with a number of an order.
    pub fn text(&self, dice: &mut Dice) -> String {
        let of = if dice.one_in(3) { &self.hindi } else { &self.english };
        let count = 4 + dice.below(9);
        let words = (0..count).filter_map(|_| dice.pick_early(of).copied());
        let mut text = words.collect::<Vec<_>>().join(" ");
        if dice.one_in(3) {
            text += &format!(" #{}", 1_000_000 + dice.below(9_000_000));
        }
        text
    }

    pub fn name(&self, dice: &mut Dice) -> (&'static str, &'static str) {
        let pick =
            |dice: &mut Dice, from: &[&'static str]| dice.pick_early(from).copied().unwrap_or_default();
        (pick(dice, &self.first), pick(dice, &self.last))
    }
}
