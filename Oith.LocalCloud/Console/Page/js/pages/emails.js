// What SNS would have sent out of the cloud: #/emails.
import { call, list, nameOf } from '../api.js';
import { h } from '../dom.js';
import { age, head, json, label, panel, table } from '../ui.js';

/** @type {import('../app.js').Page} */
export default {
  load: async ({ signal }) => {
    const [{ Emails: emails }, topics, subscriptions] = await Promise.all([
      call('sns', 'LocalCloudListEmails', {}, signal),
      list('sns', 'ListTopics', {}, 'Topics', { signal }),
      list('sns', 'ListSubscriptions', {}, 'Subscriptions', { signal }),
    ]);
    return { emails, topics, subscriptions };
  },

  render: ({ emails, topics, subscriptions }, { state, set }) => {
    const open = emails.find(email => email.MessageId + email.Endpoint === state.open);
    return [
      head('E-mails'),
      h('p.lead', {}, 'Nothing leaves this machine: what would have been sent is captured here, with text messages and calls of outside addresses.'),
      h('div.split', {},
        h('section.panel', {}, table([
          { title: 'When', class: 'time', cell: email => age(email.Timestamp) },
          { title: 'By', cell: email => label(email.Protocol) },
          { title: 'To', class: 'break', cell: email => email.Endpoint },
          { title: 'Subject', rowHeader: true, class: 'break', cell: email => h('button.link', { type: 'button', onclick: () => set({ open: email.MessageId + email.Endpoint }) }, email.Subject || email.Body.slice(0, 80)) },
        ], emails, {
          caption: 'Captured messages, newest first', key: email => email.MessageId + email.Endpoint, selected: email => email === open,
          empty: subscriptions.length > 0 ? 'Nothing was sent yet.' : 'Nobody is subscribed. aws sns subscribe --protocol email --notification-endpoint you@example.com --topic-arn …',
        })),
        h('div', {},
          open && panel(open.Subject || 'Message', [h('p.note', {}, `to ${open.Endpoint}`), json(open.Body, 'Body')], { key: 'open', class: 'inspector' }),
          panel('Topics', table([
            { title: 'Topic', rowHeader: true, cell: topic => nameOf(topic.TopicArn) },
            { title: 'Subscriptions', class: 'break', cell: topic => subscriptions.filter(one => one.TopicArn === topic.TopicArn).map(one => `${one.Protocol}: ${one.Endpoint}`).join(', ') || 'none' },
          ], topics, { caption: 'Topics', key: topic => topic.TopicArn, empty: 'No topic is there.' }), { flush: true, key: 'topics' }))),
    ];
  },
};
