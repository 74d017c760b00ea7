//! The ways in: the first start, signing in, joining by invitation. Plain forms, which need no script.

use leptos::{either::Either, prelude::*};
use protocol::limits::{
    MAX_DISPLAY_NAME_CHARS, MAX_PASSWORD_CHARS, MAX_USERNAME_CHARS, MIN_PASSWORD_CHARS,
};

use crate::{
    components::{
        brand::{Brand, EntryArt},
        field::{Field, Note, PasswordField},
        icon::{Glyph, Icon},
        page_title::PageTitle,
    },
    page::{EntryFault, EntryForm, Invitation},
};

/// `/first-start`: the first account becomes the owner's.
#[component]
pub fn FirstStart(
    /// What was typed before.
    form: EntryForm,
) -> impl IntoView {
    view! {
        <Entry title="First start" host=form.host.clone()>
            <form class="entry__form" method="post" action="/first-start">
                <div>
                    <h1 class="entry__title">"Make it yours"</h1>
                    <p class="entry__lead">
                        "Nobody lives here yet. The first account owns this Banter and invites the others."
                    </p>
                </div>
                <AccountFields form/>
                <button class="button button--primary button--wide" type="submit">"Create owner account"</button>
            </form>
        </Entry>
    }
}

/// `/sign-in`
#[component]
pub fn SignIn(
    /// What was typed before.
    form: EntryForm,
) -> impl IntoView {
    let knows_name = !form.username.is_empty();
    view! {
        <Entry title="Sign in" host=form.host>
            <form class="entry__form" method="post" action="/sign-in">
                <h1 class="entry__title">"Welcome back"</h1>
                {form.fault.as_ref().map(|fault| view! { <Notice text=sentence(fault)/> })}
                <Field
                    name="username"
                    label="Username"
                    value=form.username
                    autocomplete="username"
                    max=MAX_USERNAME_CHARS
                    plain=true
                    autofocus=!knows_name
                />
                <PasswordField autocomplete="current-password" max=MAX_PASSWORD_CHARS autofocus=knows_name/>
                {form.next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
                <button class="button button--primary button--wide" type="submit">"Sign in"</button>
                {if form.open {
                    Either::Left(view! { <p class="field__hint"><a href="/join">"Make an account"</a></p> })
                } else {
                    Either::Right(view! { <p class="field__hint">"No account yet? Ask for an invitation link."</p> })
                }}
            </form>
        </Entry>
    }
}

/// `/join/{invite}`, and `/join` where no invitation is needed.
#[component]
pub fn Join(
    /// The invitation.
    invitation: Invitation,
    /// What was typed before.
    form: EntryForm,
) -> impl IntoView {
    let Invitation { invite, from } = invitation;
    let host = form.host.clone();
    let action = if invite.is_empty() { "/join".to_owned() } else { format!("/join/{invite}") };
    let body = match from {
        Some(from) => Either::Left(view! {
            <form class="entry__form" method="post" action=action>
                <div>
                    <h1 class="entry__title">{format!("{from} invites you to Banter")}</h1>
                    <p class="entry__lead">"It is where the team talks. Choose how the others know you."</p>
                </div>
                <AccountFields form/>
                <button class="button button--primary button--wide" type="submit">"Join"</button>
                <p class="field__hint"><a href="/sign-in">"I have an account"</a></p>
            </form>
        }),
        None => Either::Right(view! {
            <div class="entry__form">
                <div>
                    <h1 class="entry__title">"This invitation works no more"</h1>
                    <p class="entry__lead">"It was used, or its time is over. Ask for a new one."</p>
                </div>
                <a class="button button--wide" href="/sign-in">"I have an account"</a>
            </div>
        }),
    };
    view! { <Entry title="Join" host>{body}</Entry> }
}

/// The frame around all of them.
#[component]
fn Entry(title: &'static str, host: String, children: Children) -> impl IntoView {
    view! {
        <PageTitle text=format!("{title} · Banter")/>
        <div class="entry">
            <main class="entry__main">
                <Brand/>
                {children()}
                <footer class="entry__foot">{host}</footer>
            </main>
            <EntryArt/>
        </div>
    }
}

/// What a new account needs.
#[component]
fn AccountFields(form: EntryForm) -> impl IntoView {
    let EntryForm { username, display_name, fault, .. } = form;
    let on_name =
        fault.as_ref().filter(|fault| matches!(fault, EntryFault::DisplayName)).map(sentence);
    let on_username = fault
        .as_ref()
        .filter(|fault| matches!(fault, EntryFault::Taken(_) | EntryFault::Username))
        .map(|fault| match fault {
            EntryFault::Taken(free) => format!("“{username}” is taken. Try {free}."),
            other => sentence(other),
        });
    let on_password =
        fault.as_ref().filter(|fault| matches!(fault, EntryFault::Password)).map(sentence);
    let elsewhere = on_name.is_none() && on_username.is_none() && on_password.is_none();
    let notice =
        fault.as_ref().filter(|_| elsewhere).map(|fault| view! { <Notice text=sentence(fault)/> });
    let focus = (on_username.is_some(), on_password.is_some());
    view! {
        {notice}
        <Field
            name="display_name"
            label="Your name"
            value=display_name
            autocomplete="name"
            max=MAX_DISPLAY_NAME_CHARS
            note=on_name.map(Note::Fault).unwrap_or_default()
            autofocus=focus == (false, false)
        />
        <Field
            name="username"
            label="Username"
            value=username
            autocomplete="username"
            max=MAX_USERNAME_CHARS
            note=Note::new("Small letters, to sign in and for mentions", on_username)
            plain=true
            autofocus=focus.0
        />
        <PasswordField
            autocomplete="new-password"
            min=MIN_PASSWORD_CHARS
            max=MAX_PASSWORD_CHARS
            note=Note::new("At least 10 characters. A short sentence is good.", on_password)
            autofocus=focus.1
        />
    }
}

#[component]
fn Notice(text: String) -> impl IntoView {
    view! {
        <p class="notice" role="alert">
            <Icon glyph=Glyph::CircleAlert/>
            {text}
        </p>
    }
}

fn sentence(fault: &EntryFault) -> String {
    match fault {
        EntryFault::Mismatch => "That name and password do not match.".to_owned(),
        EntryFault::Taken(free) => format!("That username is taken. Try {free}."),
        EntryFault::Username => {
            "Small letters a to z, digits, and . _ - inside; at most 32.".to_owned()
        }
        EntryFault::Password => "Between 10 and 128 characters.".to_owned(),
        EntryFault::DisplayName => "Between 1 and 64 characters.".to_owned(),
        EntryFault::Invite => "This invitation works no more. Ask for a new one.".to_owned(),
        EntryFault::Banned => {
            "This account was banned. Ask the people who run this Banter.".to_owned()
        }
        EntryFault::TooFast(1) => "Too many tries. Try again in 1 second.".to_owned(),
        EntryFault::TooFast(seconds) => format!("Too many tries. Try again in {seconds} seconds."),
        EntryFault::NotFirst => {
            "Somebody else made the first account meanwhile. Ask for an invitation.".to_owned()
        }
        EntryFault::SessionEnded => "You are signed out. Sign in to go on.".to_owned(),
        EntryFault::Unavailable => {
            "The server could not do it just now. Try again in a moment.".to_owned()
        }
    }
}
